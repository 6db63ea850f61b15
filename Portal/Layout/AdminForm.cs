using Microsoft.AspNetCore.Components;
using Microsoft.EntityFrameworkCore;
using OpenMeet.Insights.Domain;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Portal.Languages;

namespace OpenMeet.Insights.Portal.Layout;

/// <summary>
/// A form in which an administrator changes something. It is saved once however often it is sent, by who may still do so at that moment, and
/// where it cannot be saved the form says so and keeps what was typed.
/// </summary>
public abstract class AdminForm : ComponentBase
{
    [Inject]
    public required PageAccess Access { get; init; }

    [Inject]
    public required TimeProvider Clock { get; init; }

    /// <summary>What is wrong with what was typed.</summary>
    protected List<InputFault> Faults { get; set; } = [];

    /// <summary>Whether it is being saved.</summary>
    protected bool IsBusy { get; private set; }

    /// <summary>Does what was asked for, in the name of who asked; not while another saving runs.</summary>
    protected Task SaveAsync(Func<Viewer, Task> save) => SaveAsync(Faults, save);

    /// <summary>The same where a page has several forms, each with its own faults.</summary>
    protected async Task SaveAsync(List<InputFault> faults, Func<Viewer, Task> save)
    {
        if (IsBusy) return;
        IsBusy = true;
        try
        {
            if (await Access.AdminAsync(default) is { } viewer) await save(viewer);
            else faults.Add(new InputFault("", "forbidden", Words.Say("You are no administrator any more. Nothing was changed.")));
        }
        catch (Exception e) when (e is DbUpdateException or Npgsql.NpgsqlException || PostgresErrors.IsUnavailable(e))
        {
            faults.Add(new InputFault("", "failed", Words.Say("It could not be stored. Nothing was changed; please try again.")));
        }
        finally
        {
            IsBusy = false;
        }
    }
}
