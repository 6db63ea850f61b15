using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;

namespace OpenMeet.Insights.Infrastructure.Database;

/// <summary>Lets the migrations tool make the context without a running portal.</summary>
internal sealed class DesignTime : IDesignTimeDbContextFactory<InsightsDbContext>
{
    public InsightsDbContext CreateDbContext(string[] args)
    {
        var options = new DbContextOptionsBuilder<InsightsDbContext>();
        InsightsDatabase.Configure(options, InsightsDatabase.BuildDataSource("Host=localhost"));
        return new InsightsDbContext(options.Options);
    }
}
